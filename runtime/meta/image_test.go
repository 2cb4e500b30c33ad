package meta

import (
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
	"pgregory.net/rapid"
)

// byReference is ParseImage by the package that defines the grammar.
func byReference(name string) Image {
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

func TestImagesAreReferences(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	words := []string{
		"nginx", "docker.io", "localhost", "registry.example", "Registry.Example", "a__b", "a_-b", "a--b", "a..b", "-a", "a-", "0", "1.27", "v1",
		"/", "/", ":", ":", "5000", "@", "@sha256:", "sha256:", "sha512:", "md5:", sum, sum + sum, sum[:63], "[::1]", "[", "]", "_", ".", " ", "é", "",
		strings.Repeat("x", 128), strings.Repeat("y", 127),
	}
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(t, "words"), "")
		if got, want := ParseImage(name), byReference(name); got != want {
			t.Errorf("%q:\n%+v, want\n%+v", name, got, want)
		}
	})
}

func FuzzImage(f *testing.F) {
	f.Add("registry.example:5000/shop/web:1.2@sha256:" + strings.Repeat("0", 64))
	f.Add("[fe80::1]:80/a__b/c-d.e:T_1")
	f.Fuzz(func(t *testing.T, name string) {
		if got, want := ParseImage(name), byReference(name); got != want {
			t.Errorf("%q:\n%+v, want\n%+v", name, got, want)
		}
	})
}
