//! stub
use testcontainers as _;
