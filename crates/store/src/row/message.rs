use conclave_record::stored_enum;

stored_enum! {
    /// The progress of a message.
    pub(crate) enum StateCode: "message state" {
        Received = 0,
        Queued = 1,
        Sent = 2,
        Failed = 3,
    }
}
