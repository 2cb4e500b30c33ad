// Package falco reads rule files written for Falco and rewrites them in
// callgate's language.
//
// A file is rewritten in place: conditions and what callgate has no use for are
// replaced, everything else stays as it is, comments, macros, lists and
// exceptions included. Every place of the result knows where in the file it
// comes from, so mistakes are reported where the user finds them. What can't be
// carried over becomes a Note.
package falco
