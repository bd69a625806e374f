"""The adapters that hold key material: nobody above them sees a private key."""
