//! What the engine knows of the nodes that it runs: how they react.

use super::core::Core;
use super::message::Outcome;
use super::plan::Deploy;
use super::replicas::StationState;
use crate::metrics::Metrics;
use crate::record::{NodeWindow, ReplicaSnapshot, ReplicaState};

/// A node while running. The engine knows this trait and no kind.
///
/// Every job that arrives must be answered sooner or later ([`Core::answer`], [`Core::reject`]).
/// A station begins its own work on a [`Server`](super::server::Server), and `done` is called at its
/// end; when a call that it made has ended, `answered` is called.
pub trait Station {
    /// The parameters of its kind.
    type Parameters: Clone + std::fmt::Debug;

    /// Its parameters are others from now on. What has begun goes on as it began; the engine has seen to its
    /// plan ([`StationState::plan`]) already.
    fn reconfigure(&mut self, core: &mut Core, parameters: &Self::Parameters);

    /// A link that leaves it has other parameters from now on.
    fn link_reconfigured(&mut self, _core: &mut Core, _link: u32) {}

    /// A station that it calls has another plan from now on.
    fn callee_reconfigured(&mut self, _core: &mut Core, _callee: u32) {}

    /// The run begins: sources schedule their first arrivals.
    fn start(&mut self, _core: &mut Core) {}

    /// A message has arrived.
    fn arrive(&mut self, core: &mut Core, job: u32);

    /// A job's own work, or a delay, is finished.
    fn done(&mut self, _core: &mut Core, _job: u32) {}

    /// A call has ended. `owner` and `tag` are what the call was made with.
    fn answered(&mut self, _core: &mut Core, _owner: u32, _tag: u32, _outcome: Outcome) {}

    /// An attempt of a call whose replica this station chose has failed, and another will follow after a
    /// pause.
    fn attempt_failed(&mut self, _core: &mut Core, _owner: u32) {}

    /// A call whose replica this station chose is about to be tried again, or to get a second copy
    /// (`hedge`) while the first is under way. Returns the link and the replica to try now. `None` is any
    /// replica of the same link for a retry, and the same replica again for a hedge.
    fn retarget(&mut self, _core: &mut Core, _owner: u32, _hedge: bool) -> Option<(u32, u32)> {
        None
    }

    /// There is room behind a link for a call that waited for it, which was made with
    /// [`Target::Free`](super::call::Target). Returns the replica that it goes to; `None` if none of
    /// those behind the link may have it now.
    fn bind(&mut self, _core: &mut Core, _owner: u32, _link: u32) -> Option<u32> {
        None
    }

    /// There may be room again in a pool of this station, although no call of it has ended.
    fn pool_has_room(&mut self, _core: &mut Core) {}

    /// A probe ([`Core::probe`]) with this tag, sent at `sent`, was answered (`good`) or refused.
    fn probed(&mut self, _core: &mut Core, _tag: u32, _sent: u64, _good: bool) {}

    /// A wake-up that the station scheduled.
    fn wake(&mut self, _core: &mut Core, _tag: u32) {}

    /// The caller has cancelled a job that is in this station: end it by
    /// [`Core::drop_cancelled`].
    fn cancel(&mut self, _core: &mut Core, _job: u32) {}

    /// A replica has died; its jobs are gone already.
    fn crashed(&mut self, _core: &mut Core, _replica: u32) {}

    /// A replica is up again, with empty memory.
    fn restored(&mut self, _core: &mut Core, _replica: u32) {}

    /// Work at a replica takes longer or shorter from now on, stops or goes on
    /// ([`StationState::stretch`]). The engine sees to the work of jobs.
    fn pace_changed(&mut self, _core: &mut Core, _replica: u32) {}

    /// A replica is paused.
    fn paused(&mut self, _core: &mut Core, _replica: u32) {}

    /// A replica goes on. What came or fell due during the pause follows after this.
    fn resumed(&mut self, _core: &mut Core, _replica: u32) {}

    /// The replica that a wake-up with this tag belongs to, which does not get it while it is paused;
    /// `None` for what is not done by a process of the station.
    fn wakes(&self, _tag: u32) -> Option<u32> {
        Some(0)
    }

    /// Memory is emptied.
    fn flushed(&mut self, _core: &mut Core) {}

    /// A fault multiplies the traffic by this factor, or (`None`) ends.
    fn traffic(&mut self, _core: &mut Core, _fault: u32, _factor: Option<f64>) {}

    /// All its replicas are to be replaced.
    fn deploy(&mut self, _core: &mut Core, _deploy: Deploy) {}

    /// The warm-up is over: what the station counts itself counts from here.
    fn warmed_up(&mut self, _core: &Core) {}

    /// Replicas of a station that it calls came into rotation or went out of it
    /// ([`StationState::in_rotation`](super::replicas::StationState::in_rotation)).
    fn rotation_changed(&mut self, _core: &mut Core, _callee: u32) {}

    /// A partition that names this station began or ended: see
    /// [`Network::is_partitioned`](super::network::Network::is_partitioned).
    fn partition_changed(&mut self, _core: &mut Core) {}

    /// A station that it calls or pulls for has become reachable again.
    fn dependency_restored(&mut self, _core: &mut Core) {}

    /// Reports the numbers of its kind, which it has besides those of every node. Called when a report
    /// or a snapshot is made, never at an event.
    fn metrics(&self, _core: &Core, _window: &NodeWindow<'_>, _m: &mut dyn Metrics) {}

    /// One of its replicas at this instant.
    fn replica(&self, state: &StationState, replica: u32) -> ReplicaSnapshot {
        replica_snapshot(state, replica, 0)
    }

    /// How many of the replicas behind one of its links its health checks keep out of rotation.
    fn ejected(&self, _link: u32) -> u64 {
        0
    }
}

/// A replica that serves or is down, with so many of its workers busy.
pub fn replica_snapshot(state: &StationState, replica: u32, busy: u32) -> ReplicaSnapshot {
    let up = state.is_up(replica);
    ReplicaSnapshot {
        up,
        busy: state.plan.workers.map_or(0.0, |workers| (f64::from(busy) / f64::from(workers)).min(1.0)),
        state: if up { ReplicaState::Serving } else { ReplicaState::Down },
        leads: None,
        lacks: 0,
    }
}
