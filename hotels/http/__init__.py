"""HTTP parts shared by all APIs: errors, throttling, authentication, access and pagination."""
