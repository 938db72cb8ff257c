//! A public case as it is told: what everybody may read of it anyway.

/// A public case.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number.
    pub id: String,
    /// `open` or `closed`.
    pub status: &'static str,
    /// How far it has come.
    pub stage: &'static str,
    /// The kind and code of the sub-class.
    pub service_code: String,
    /// The sub-class's name.
    pub service_name: String,
    /// The words, masked.
    pub description: String,
    /// The address, masked.
    pub address: String,
    /// The areas' names.
    pub area: String,
    /// The unit grid.
    pub grid_code: String,
    /// Degrees east and north, rounded.
    pub point: Option<(f64, f64)>,
    /// The department in charge.
    pub department: String,
    /// When it came in.
    pub requested_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When it is promised to be solved; empty without a promise.
    pub due_at: String,
    /// When it ended; empty while it has not.
    pub closed_at: String,
    /// What was last told of it.
    pub notes: String,
    /// How it came in.
    pub source: &'static str,
    /// How many photos everybody may see.
    pub photos: i64,
    /// How many others follow it.
    pub followers: i64,
}

#[cfg(test)]
impl Row {
    /// An example.
    pub fn sample() -> Row {
        let text = |text: &str| text.to_owned();
        Row {
            id: text("7"),
            status: "closed",
            stage: "solved",
            service_code: text("event-0110"),
            service_name: text("垃圾"),
            description: text("=1+1 \"引号\"\r\n第二行, <b>&"),
            address: text("中山路 8 号"),
            area: text("城关区"),
            grid_code: text("99910100100101"),
            point: Some((123.414, 31.2093)),
            department: text("环卫"),
            requested_at: text("2026-03-10T10:00:00+08:00"),
            updated_at: text("2026-03-11T10:00:00+08:00"),
            due_at: text("2026-03-12T10:00:00+08:00"),
            closed_at: text("2026-03-11T10:00:00+08:00"),
            notes: text("-已清理"),
            source: "open311",
            photos: 1,
            followers: 0,
        }
    }
}
