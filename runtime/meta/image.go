package meta

import (
	"strings"
)

// ParseImage takes the name of an image apart. A runtime may give a name, a name
// with a digest, or only the image's id; none is completed, since what the
// runtime would add is the runtime's to know.
//
// The grammar is that of github.com/distribution/reference, whose regular
// expressions take 5 ms and 0.4 MiB of every shim to compile.
func ParseImage(name string) Image {
	img := Image{Name: name}
	if isDigest(name) {
		img.ID = name
		return img
	}
	repository, digest, digested := strings.Cut(name, "@")
	tag, tagged := "", false
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository, tag, tagged = repository[:i], repository[i+1:], true
	}
	if !isRepository(repository) || tagged && !isTag(tag) || digested && !isDigest(digest) {
		return img
	}
	img.Repository, img.Tag, img.Digest = repository, tag, digest
	return img
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

func madeOf(s, characters string) bool { return s != "" && strings.Trim(s, characters) == "" }

// isDigest reports whether s is ALGORITHM:HEX, as images are named by content.
func isDigest(s string) bool {
	algorithm, sum, ok := strings.Cut(s, ":")
	size := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm]
	return ok && len(sum) == size && madeOf(sum, digits+"abcdef")
}

func isTag(s string) bool {
	return len(s) <= 128 && madeOf(s, lower+upper+digits+"_.-") && s[0] != '.' && s[0] != '-'
}

// isRepository reports whether s is [HOST/]PATH.
func isRepository(s string) bool {
	if host, path, ok := strings.Cut(s, "/"); ok && isHost(host) {
		s = path
	}
	return len(s) <= 255 && isPath(s)
}

// isPath reports whether s is words of lower case in components: the separators
// within those are one dot, one or two underscores, or dashes.
func isPath(s string) bool {
	for component := range strings.SplitSeq(s, "/") {
		if !madeOf(component, lower+digits+"._-") || strings.Trim(component, "._-") != component {
			return false
		}
		for _, separator := range strings.FieldsFunc(component, func(r rune) bool { return strings.ContainsRune(lower+digits, r) }) {
			if separator != "." && separator != "_" && separator != "__" && !madeOf(separator, "-") {
				return false
			}
		}
	}
	return true
}

// isHost reports whether s is a name or an address, and maybe a port.
func isHost(s string) bool {
	host := s
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		if host = s[:i]; !madeOf(s[i+1:], digits) {
			return false
		}
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return madeOf(host[1:max(1, len(host)-1)], digits+"abcdefABCDEF:")
	}
	for label := range strings.SplitSeq(host, ".") {
		if !madeOf(label, lower+upper+digits+"-") || strings.Trim(label, "-") != label {
			return false
		}
	}
	return true
}

// shortID is an id as people write it: 12 digits of a hexadecimal one; other ids
// were given by people and stay as they are.
func shortID(id string) string {
	const short, full = 12, 64
	if len(id) != full || strings.Trim(id, "0123456789abcdef") != "" {
		return id
	}
	return id[:short]
}
