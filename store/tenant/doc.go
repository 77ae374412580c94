// Package tenant keeps the accounts of one store apart.
//
// It stands between a store and whoever answers calls: each call says in its context for
// whose account it is made (For), and sees and writes what is that account's, under the keys
// that all code knows. What belongs to the gateway's own account has plain keys, as it had
// before there were others, so that a store needs no migration, and a release that knows
// nothing of accounts serves it still. What belongs to another has that account behind the
// region: apis/us-east-1@222222222222/a1b2c3d4e5.
//
// It promises: a context that names no account sees the gateway's own and no other, so that
// a forgotten name shows too little and never too much; a name that clients reach over the
// network, such as a custom domain, belongs to one account at a time. It refuses keys that
// name an account by themselves. Those who serve read the store itself, and tell accounts by
// Split.
package tenant
