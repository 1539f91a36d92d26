use conclave_record::stored_enum;

stored_enum! {
    /// How far a message has come.
    pub(crate) enum StateCode: "message state" {
        Received = 0,
        Queued = 1,
        Sent = 2,
        Failed = 3,
    }
}
