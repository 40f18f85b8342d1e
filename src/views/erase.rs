//! The same few generic things for every view, so that the page stays small.
//!
//! Leptos makes code anew for every closure and every type of view that it is given. These
//! functions give it boxed closures and views of one type: a third less to fetch, and nothing
//! that anybody would notice while it runs.

use leptos::prelude::*;
use std::sync::Arc;

/// A value that is computed again when what it reads has changed.
pub fn memo<T: PartialEq + Send + Sync + 'static>(compute: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let compute: Box<dyn Fn() -> T + Send + Sync> = Box::new(compute);
    Memo::new(move |_| compute())
}

/// Something that is done again when what it reads has changed.
pub fn effect(act: impl FnMut() + 'static) {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(move |_| act());
}

/// A view that is there while a condition holds.
pub fn when(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    content: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let condition = memo(condition);
    let content: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(content);
    live(move || if condition.get() { content() } else { nothing() })
}

/// A view that is drawn again when what it reads has changed.
pub fn live<V: IntoAny>(draw: impl Fn() -> V + Send + Sync + 'static) -> AnyView {
    let draw: Box<dyn Fn() -> AnyView + Send + Sync> = Box::new(move || draw().into_any());
    (move || draw()).into_any()
}

/// One view for each id, kept while its id is there.
pub fn each(ids: Memo<Vec<String>>, row: impl Fn(String) -> AnyView + Send + Sync + 'static) -> AnyView {
    let row: Arc<dyn Fn(String) -> AnyView + Send + Sync> = Arc::new(row);
    view! { <For each=move || ids.get() key=Clone::clone children=move |id| row(id) /> }.into_any()
}

/// Views put together into one.
pub trait Gather {
    /// All of them, in their order.
    fn gather(self) -> AnyView;
}

impl<V: IntoAny, I: IntoIterator<Item = V>> Gather for I {
    fn gather(self) -> AnyView {
        self.into_iter().map(V::into_any).collect::<Vec<AnyView>>().into_any()
    }
}

/// No view.
pub fn nothing() -> AnyView {
    ().into_any()
}
