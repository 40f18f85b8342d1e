//! The results on paper.

use super::charts::Charts;
use super::figures::{Figures, HeadFigures};
use super::findings::Findings;
use crate::views::state::{Tab, Ui};
use leptos::prelude::*;

/// The figures, the charts of the part of the run that is shown, and the findings.
pub fn printed(ui: Ui) -> AnyView {
    view! {
        <section class="paper" aria-label="Results" data-testid="paper">
            <Figures head=HeadFigures::new(ui) />
            <Charts ui tab=Tab::Charts />
            <h2>"Findings"</h2>
            <Findings ui />
        </section>
    }
    .into_any()
}
