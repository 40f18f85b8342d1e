//! What a database stores with each job.

use crate::engine::job::JobData;

/// What a job at a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobRole {
    /// A caller's read or write that one process does.
    Direct {
        /// Of a read: the latest version of its key that was acknowledged when it arrived. An older
        /// result is stale.
        acknowledged_at_start: u32,
    },
    /// A caller's job that waits for several replicas: the slot of its quorum operation or replicated
    /// write.
    Replicated(u32),
    /// A background task: a replica's share of a quorum operation, by the slot of the operation.
    QuorumShare(u32),
    /// A background task: a write, by its slot, on its way to a follower.
    Replication(u32),
    /// A background task: a follower's work on a write that it has received.
    Replay,
    /// A background task: a follower is being made a copy of its leader.
    CatchUp,
}

impl JobData for JobRole {
    fn to_words(self) -> [u32; 2] {
        match self {
            JobRole::Direct { acknowledged_at_start } => [0, acknowledged_at_start],
            JobRole::Replicated(at) => [1, at],
            JobRole::QuorumShare(at) => [2, at],
            JobRole::Replication(at) => [3, at],
            JobRole::Replay => [4, 0],
            JobRole::CatchUp => [5, 0],
        }
    }

    fn from_words([role, value]: [u32; 2]) -> JobRole {
        match role {
            0 => JobRole::Direct { acknowledged_at_start: value },
            1 => JobRole::Replicated(value),
            2 => JobRole::QuorumShare(value),
            3 => JobRole::Replication(value),
            4 => JobRole::Replay,
            _ => JobRole::CatchUp,
        }
    }
}
