use crate::stored_enum;

stored_enum! {
    /// A person's role in a group, ordered: owner above admin above member. The integer is the rank, here and in the
    /// store's queries, and the byte of the policy extension.
    #[derive(Default)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum Role: "role" {
        /// Reads and writes.
        #[default]
        Member = 0,
        /// Adds, removes and renames.
        Admin = 1,
        /// Decides on roles and policy as well.
        Owner = 2,
    }
}
