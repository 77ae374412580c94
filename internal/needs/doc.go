// Package needs is how tests ask for programs that a machine may lack.
//
// A test that cannot run says so: it is skipped with the reason, and `make test`
// lists what was skipped at its end. In continuous integration (CI=true) what
// .ci/run installs must be there, so that a test which silently stopped running
// fails instead.
package needs
