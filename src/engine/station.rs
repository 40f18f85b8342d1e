//! What the engine knows of the things it runs: they react.

use super::core::{Core, NONE, Outcome};
use super::plan::Deploy;

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

    /// An attempt of a call that was made to a certain replica has failed, and another will follow
    /// after a pause.
    fn attempt_failed(&mut self, _core: &mut Core, _owner: u32) {}

    /// A call that was made to a certain replica is about to be tried again, or to get a second
    /// copy (`hedge`) while the first is out: the replica to try now. [`NONE`] is any for a retry,
    /// and the same again for a hedge.
    fn retarget(&mut self, _core: &mut Core, _owner: u32, _link: u32, _hedge: bool) -> u32 {
        NONE
    }

    /// The answer to a probe that it sent at `sent` with this tag ([`Core::probe`]): whether a
    /// process is there.
    fn probed(&mut self, _core: &mut Core, _tag: u32, _sent: u64, _good: bool) {}

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

    /// All its replicas are to be replaced.
    fn deploy(&mut self, _core: &mut Core, _deploy: Deploy) {}

    /// The warm-up is over: what it counts itself counts from here.
    fn warmed_up(&mut self, _core: &Core) {}

    /// Replicas of a station that it calls came into rotation or went out of it
    /// ([`StationState::in_rotation`](super::core::StationState::in_rotation)).
    fn rotation_changed(&mut self, _core: &mut Core, _callee: u32) {}

    /// A partition that names this station began or ended: ask
    /// [`Core::is_partitioned`](super::core::Core::is_partitioned).
    fn partition_changed(&mut self, _core: &mut Core) {}

    /// Something it calls or pulls for has become reachable again.
    fn dependency_restored(&mut self, _core: &mut Core) {}
}
