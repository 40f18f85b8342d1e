//! Choices of a database.

use crate::choices;

choices! {
    /// How replicas agree.
    Mode {
        /// One replica takes the writes and replicates them.
        LeaderFollower = "leader_follower" "leader and followers",
        /// A write or read counts once enough replicas have done it.
        Quorum = "quorum" "quorum",
    }
}

choices! {
    /// Which replicas are read.
    ReadFrom {
        /// The one that takes the writes.
        Leader = "leader" "leader",
        /// All in turn.
        Any = "any" "any replica",
    }
}

choices! {
    /// What a side of a partition does.
    OnPartition {
        /// Only a majority serves.
        Consistent = "consistent" "consistent",
        /// Every side serves, and they diverge.
        Available = "available" "available",
    }
}

choices! {
    /// How keys are divided over shards.
    ShardBy {
        /// By a hash, which spreads them evenly.
        Hash = "hash" "hash",
        /// Neighboring keys together.
        Range = "range" "range",
    }
}

choices! {
    /// In which order a follower has the writes of its leader.
    Order {
        /// Each as soon as its own lag is over.
        None = "none" "none",
        /// In the order in which the leader did them.
        Log = "log" "log",
    }
}
