//! What the engine knows of the things it runs: they react.

use super::core::{Core, NONE, Outcome};

/// A node while running. The engine knows this trait and never a kind.
///
/// A job that arrived must sooner or later be answered ([`Core::answer`], [`Core::reject`]).
/// Its own work is begun on a [`Server`](super::server::Server) and reported by `done`; what it
/// calls is answered by `answered`.
pub trait Station {
    /// The run begins: sources schedule their first arrivals.
    fn start(&mut self, _core: &mut Core) {}

    /// A message has arrived.
    fn arrive(&mut self, core: &mut Core, job: u32);

    /// A worker has finished a job's own work.
    fn done(&mut self, _core: &mut Core, _job: u32) {}

    /// A call is decided. `owner` and `tag` are what the call was made with.
    fn answered(&mut self, _core: &mut Core, _owner: u32, _tag: u32, _outcome: Outcome) {}

    /// A call that was made to a certain replica is about to be tried again: the replica to try
    /// now.
    fn retarget(&mut self, _core: &mut Core, _owner: u32, _link: u32) -> u32 {
        NONE
    }

    /// A wake-up that the station scheduled.
    fn wake(&mut self, _core: &mut Core, _tag: u32) {}

    /// Nobody waits for this job any more and it was told so; it is in the system.
    fn cancel(&mut self, _core: &mut Core, _job: u32) {}

    /// A replica has died; its jobs are gone already.
    fn crashed(&mut self, _core: &mut Core, _replica: u32) {}

    /// A replica is back, with cold memory.
    fn restored(&mut self, _core: &mut Core, _replica: u32) {}

    /// Work stands still.
    fn paused(&mut self, _core: &mut Core) {}

    /// Work goes on.
    fn resumed(&mut self, _core: &mut Core) {}

    /// Memory is emptied.
    fn flushed(&mut self, _core: &mut Core) {}

    /// A fault multiplies the traffic by this, or ends.
    fn traffic(&mut self, _core: &mut Core, _fault: u32, _factor: Option<f64>) {}

    /// Replicas of a station that it calls came into rotation or went out of it
    /// ([`Condition::in_rotation`](super::core::Condition::in_rotation)).
    fn rotation_changed(&mut self, _core: &mut Core, _callee: u32) {}

    /// A partition that names this station began or ended: ask
    /// [`Core::severed`](super::core::Core::severed).
    fn reach_changed(&mut self, _core: &mut Core) {}

    /// Something it calls or pulls for has become reachable again.
    fn nudged(&mut self, _core: &mut Core) {}
}
