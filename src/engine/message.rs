//! What a message asks for, and how a job or a call ends.

use crate::record::recorder::Failure;

/// How a job or a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// It succeeded.
    Ok,
    /// It succeeded: the cache answered that it does not hold the key.
    Miss,
    /// The caller stopped waiting.
    Timeout,
    /// A full queue or pool turned it away.
    Rejected,
    /// The callee answered with an error.
    Error,
    /// The callee's process is dead: connection refused or reset.
    Unreachable,
    /// The caller's circuit breaker was open, and nothing was sent.
    BreakerOpen,
    /// A rate limiter turned it away.
    RateLimited,
}

impl Outcome {
    /// All outcomes, in the order of their numbers.
    pub const ALL: [Outcome; 8] = [
        Outcome::Ok,
        Outcome::Miss,
        Outcome::Timeout,
        Outcome::Rejected,
        Outcome::Error,
        Outcome::Unreachable,
        Outcome::BreakerOpen,
        Outcome::RateLimited,
    ];

    /// The outcome with this number (`outcome as u32`); numbers beyond the last are `Ok`.
    pub fn from_number(number: u32) -> Outcome {
        // As a match and not by `ALL`: the compiler sees that this is the inverse of `as u32`.
        match number {
            1 => Outcome::Miss,
            2 => Outcome::Timeout,
            3 => Outcome::Rejected,
            4 => Outcome::Error,
            5 => Outcome::Unreachable,
            6 => Outcome::BreakerOpen,
            7 => Outcome::RateLimited,
            _ => Outcome::Ok,
        }
    }

    /// Whether the caller got an answer that it can use.
    pub fn is_good(self) -> bool {
        self.failure().is_none()
    }

    /// The reason as the record counts it; `None` for a success.
    pub fn failure(self) -> Option<Failure> {
        match self {
            Outcome::Ok | Outcome::Miss => None,
            Outcome::Timeout => Some(Failure::Timeout),
            Outcome::Rejected => Some(Failure::Rejected),
            Outcome::Error => Some(Failure::Error),
            Outcome::Unreachable => Some(Failure::Unreachable),
            Outcome::BreakerOpen => Some(Failure::BreakerOpen),
            Outcome::RateLimited => Some(Failure::RateLimited),
        }
    }
}

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Access {
    /// Look something up.
    Read,
    /// Change something.
    Write,
    /// Put a value that was read elsewhere into a cache.
    Fill,
    /// Remove a key from a cache.
    Invalidate,
}

/// The content of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Index of the operation among those of all clients.
    pub operation: u16,
    /// What it asks for.
    pub access: Access,
    /// Greater is more urgent.
    pub priority: u8,
    /// The key that is read or written.
    pub key: u32,
    /// The session it belongs to: one user's requests, or the requests on one long-lived connection.
    pub session: u32,
}
