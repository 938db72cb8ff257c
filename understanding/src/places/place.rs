//! A place as a list of places has it.

/// A named or addressed place with its position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// What tells it apart in its list; may be empty.
    pub code: String,
    /// Its name; may be empty when there is an address.
    pub name: String,
    /// Its address; may be empty when there is a name.
    pub address: String,
    /// 区, 县; may be empty.
    pub district: String,
    /// What kind of place it is, in the list's own words.
    pub kind: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
}
