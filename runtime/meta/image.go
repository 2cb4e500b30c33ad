package meta

import (
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

// parseImage takes the name of an image apart. A runtime may give a name, a name
// with a digest, or only the image's id; none is completed, since what the
// runtime would add is the runtime's to know.
func parseImage(name string) Image {
	img := Image{Name: name}
	if d, err := digest.Parse(name); err == nil {
		img.ID = d.String()
		return img
	}
	ref, err := reference.Parse(name)
	if err != nil {
		return img
	}
	if named, ok := ref.(reference.Named); ok {
		img.Repository = named.Name()
	}
	if tagged, ok := ref.(reference.Tagged); ok {
		img.Tag = tagged.Tag()
	}
	if digested, ok := ref.(reference.Digested); ok {
		img.Digest = digested.Digest().String()
	}
	return img
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
