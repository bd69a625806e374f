"""The command line: each command is a thin mouth for `admin`, `config` and `app`."""
