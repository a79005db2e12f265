//! Where services put what they say about an error.
//!
//! A line per place, in the order in which they are asked, with who uses it. Words for people come before words for
//! machines, and a place of one meaning before one of several.

/// Non-empty strings. `/detail` and `/title` bring each other along.
pub(super) const MESSAGES: &[&str] = &[
    "/message", // GitHub, GitLab, AWS, etcd, gRPC gateways, Kubernetes, Jupyter, Twilio, Discord, Spring, Laravel
    "/error/message", // Stripe, OpenAI, Anthropic, Google, Azure, Facebook, JSON-RPC
    "/error_description", // OAuth 2
    "/errors/0/message", // GraphQL, Docker registries, Cloudflare, SendGrid
    "/errors/0/detail", // JSON:API, Square, crates.io
    "/errors/0/title", // JSON:API
    "/message/0", // NestJS: a list of what is wrong with the body
    "/detail",  // RFC 9457 under another media type, FastAPI, Django REST, MongoDB Atlas
    "/detail/0/msg", // FastAPI: what is wrong with the body
    "/error/reason", // Elasticsearch
    "/error/description", // Yelp
    "/error/message/value", // OData 3
    "/odata.error/message/value", // OData 3
    "/description", // Telegram
    "/error_message", // Plaid
    "/errorMessage", // AWS Lambda
    "/error_summary", // Dropbox
    "/reason",  // CouchDB, whose `error` is a code
    "/error",   // Prometheus, Slack, verdaccio, npm, Sinatra
    "/errors/0", // Vault, Rails
    "/errorMessages/0", // Jira
    "/errors",  // Shopify
    "/title",   // RFC 9457 under another media type
    "/msg",     // many in-house services
    "/Message", // AWS, ASP.NET
    "/fault/faultstring", // Apigee
    "/err",     // Figma
    "",         // a string alone
];

/// Strings of one word, and integers.
pub(super) const CODES: &[&str] = &[
    "/code",                     // etcd, gRPC gateways, Twilio, Discord, WordPress, npm
    "/error/code", // Stripe, OpenAI, Azure, Facebook, JSON-RPC, Google (an HTTP status: `status` is better)
    "/errors/0/code", // Docker registries, JSON:API, Cloudflare, Square
    "/errors/0/extensions/code", // GraphQL
    "/__type",     // AWS
    "/errorCode",  // Salesforce, Adyen, MongoDB Atlas
    "/error_code", // Plaid, Telegram
    "/errorType",  // Prometheus, AWS Lambda
    "/error_type", // Instagram
    "/error/type", // Anthropic, OpenAI without a code, Elasticsearch, Airtable
    "/error/status", // Google
    "/odata.error/code", // OData 3
    "/fault/detail/errorcode", // Apigee
    "/error",      // OAuth 2, Slack, CouchDB
    "/reason",     // Kubernetes
];

/// The same, of problem documents only: elsewhere `type` says what the document is.
pub(super) const CODES_OF_PROBLEMS: &[&str] = &["/type"];
