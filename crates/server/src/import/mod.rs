//! Bringing in what others keep: price lists, and accounts of another system.
