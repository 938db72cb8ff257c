//! What a handler may hold; gathers the doors; starts the jobs.
