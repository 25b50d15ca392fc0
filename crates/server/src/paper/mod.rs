//! Papers of the desk, as text of 72 columns and as pages that need nothing else: what to fetch from
//! the shelves, and what lies in a parcel. They are printed and carried about, and prove nothing.

mod layout;
mod packing_slip;
mod pick_list;
#[cfg(test)]
mod tests;

pub(crate) use packing_slip::{html as slip_html, text as slip_text};
pub(crate) use pick_list::{PickList, PickOrder};
