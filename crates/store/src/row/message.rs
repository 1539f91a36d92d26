use conclave_record::stored_enum;

stored_enum! {
    /// What a message is.
    pub(crate) enum MessageCode: "message kind" {
        Text = 0,
        Reaction = 1,
        Edit = 2,
        Delete = 3,
        Unknown = 4,
    }
}

stored_enum! {
    /// How far a message has come.
    pub(crate) enum StateCode: "message state" {
        Received = 0,
        Queued = 1,
        Sent = 2,
        Failed = 3,
    }
}
