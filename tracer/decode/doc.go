// Package decode turns the registers of an intercepted call into an event: the
// arguments as numbers and as text, the paths and addresses that they point to.
//
// What a call means is data (package syscalls); here is one reader for each
// kind of argument, so a new call usually needs a row in a table and no code.
//
// Everything that is read was written by the supervised process and can be
// rewritten while it is read. Every length is bounded before it is used, and a
// decoded value is what callgate saw, not a promise of what the kernel will
// see: which fields nothing can change is stated in package event.
package decode
