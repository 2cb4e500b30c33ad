// Package e2e holds the end-to-end tests of containers: callgate's own programs,
// built from this tree, under real containerds and runtimes. It has no code but
// tests.
package e2e
