//! Lightning by a Lightspark node: GraphQL and webhooks.
