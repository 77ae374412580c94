// Package throttle says how often: requests of a route, of an account, new
// connections, and what an API key's usage plan allows.
//
// A Limiter is a token bucket in one machine word. Gates put the limiters of a
// route and of its account together; a Set keeps them across deployments, so
// that a stage that is deployed again does not start with full buckets. Plans
// holds API keys, their throttles and their quotas.
//
// It promises that admitting takes no lock and no memory on the way of a
// message, that it holds no more state than there are routes and keys
// configured, and that a refusal takes nothing from any bucket. Quota counts can
// be taken out and put back, so that a store may keep them.
//
// It refuses to wait: who comes too early is told so, and is not queued. In a
// fleet limits are kept by each node for its share of them, which is as exact
// as AWS promises ("best effort").
package throttle
