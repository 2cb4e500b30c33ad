package rig

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
)

// Names of the images that every node has.
const (
	Image      = "localhost/callgate/tools:1" // busybox and the probe under several names
	pauseImage = "localhost/callgate/pause:1"
)

// Names of programs in [Image].
const (
	ProbePath   = "/bin/probe"   // see the package probe
	Probe32Path = "/bin/probe32" // the same for 32-bit x86
)

// an image's file: content, or a link to another file.
type file struct {
	name, link string
	content    []byte
}

// imageArchive is a tar of both images as `docker save` writes it, which every
// containerd imports.
func imageArchive() (string, error) {
	return once("images.tar", func(path string) error {
		probe, err := buildFile("runtime/internal/rig/probe", os.Environ())
		if err != nil {
			return err
		}
		tools := []file{{name: "tmp/"}, {name: "etc/passwd", content: []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")}, {name: "bin/probe", content: probe}}
		for _, name := range []string{"kubectl", "amicontained", "recon"} {
			tools = append(tools, file{name: "bin/" + name, content: probe})
		}
		if runtime.GOARCH == "amd64" {
			probe32, err := buildFile("runtime/internal/rig/probe", append(os.Environ(), "GOARCH=386"))
			if err != nil {
				return err
			}
			tools = append(tools, file{name: "bin/probe32", content: probe32})
		}
		shell, err := busybox()
		if err != nil {
			return err
		}
		out, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("write images: %w", err)
		}
		defer out.Close()
		return writeImages(out, []image{
			{name: pauseImage, files: []file{{name: "pause", content: probe}}, command: "/pause"},
			{name: Image, files: append(tools, shell...), command: "/bin/sh"},
		})
	})
}

func buildFile(command string, env []string) ([]byte, error) {
	path, err := build(command, env)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// busybox is Debian's static busybox with a link for each of its applets.
func busybox() ([]file, error) {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, &MissingError{"busybox-static"}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read busybox: %w", err)
	}
	applets, err := exec.Command(path, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list busybox's applets: %w", err)
	}
	files := []file{{name: "bin/busybox", content: content}}
	for _, applet := range strings.Fields(string(applets)) {
		if applet != "busybox" {
			files = append(files, file{name: "bin/" + applet, link: "busybox"})
		}
	}
	return files, nil
}

// image is what writeImages makes an image of.
type image struct {
	name    string
	files   []file
	command string
}

// writeImages writes an archive of images with one layer each.
func writeImages(w io.Writer, images []image) error {
	var content []file
	var manifest []map[string]any
	for _, i := range images {
		var layer bytes.Buffer
		if err := writeTar(&layer, withParents(i.files), 0o755); err != nil {
			return err
		}
		diff := digest(layer.Bytes())
		config, err := json.Marshal(map[string]any{
			"architecture": runtime.GOARCH, "os": "linux",
			"config": map[string]any{"Cmd": []string{i.command}, "Env": []string{"PATH=/bin"}, "WorkingDir": "/"},
			"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + diff}},
		})
		if err != nil {
			return fmt.Errorf("write image %s: %w", i.name, err)
		}
		content = append(content, file{name: digest(config) + ".json", content: config}, file{name: diff + "/layer.tar", content: layer.Bytes()})
		manifest = append(manifest, map[string]any{"Config": digest(config) + ".json", "RepoTags": []string{i.name}, "Layers": []string{diff + "/layer.tar"}})
	}
	index, err := json.Marshal(manifest)
	if err != nil {
		return fmt.Errorf("write images: %w", err)
	}
	return writeTar(w, append(content, file{name: "manifest.json", content: index}), 0o644)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// withParents puts the directories of files before them.
func withParents(files []file) (all []file) {
	seen := map[string]bool{"./": true}
	var add func(dir string)
	add = func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			add(path.Dir(strings.TrimSuffix(dir, "/")) + "/")
			all = append(all, file{name: dir})
		}
	}
	for _, f := range files {
		add(path.Dir(strings.TrimSuffix(f.name, "/")) + "/")
		if !strings.HasSuffix(f.name, "/") || !seen[f.name] {
			seen[f.name] = true
			all = append(all, f)
		}
	}
	return all
}

// writeTar writes files with a mode; directories are world-writable only as tmp/.
func writeTar(w io.Writer, files []file, mode int64) error {
	t := tar.NewWriter(w)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: mode, Size: int64(len(f.content))}
		switch {
		case f.link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.link
		case f.name == "tmp/":
			h.Typeflag, h.Mode = tar.TypeDir, 0o1777
		case strings.HasSuffix(f.name, "/"):
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		if _, err := t.Write(f.content); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}
