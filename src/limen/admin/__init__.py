"""What operators do: each act is one function that asks the actor's permission and leaves an audit event."""
