package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// readers are commands that open many files for reading.
var readers = []struct {
	name string
	argv []string
}{
	{"ls -lR /usr/share", []string{"ls", "-lR", "/usr/share"}},
	{"python3, 30 modules", []string{"python3", "-S", "-c", "import json,http.client,email,xml.dom,sqlite3,unittest,asyncio,logging,argparse,csv,decimal,fractions,random,statistics,zipfile,tarfile,ssl,socket,select,threading,queue,subprocess,multiprocessing,ctypes,tempfile,shutil,glob,pathlib,urllib.request,html"}},
	{"go build ./rules", []string{"go", "build", "./rules"}},
}

// sets are what they run under.
var sets = []struct {
	name string
	argv []string // in front of the command
}{
	{"plain", nil},
	{"default", []string{"run", "--sink", "file:/dev/null", "--"}},
	{"default and reads", []string{"run", "--set", "reads", "--sink", "file:/dev/null", "--"}},
}

// reading measures what the rules on reading files cost: they have every open for
// reading intercepted.
func (b *bench) reading(w io.Writer) error {
	fmt.Fprint(w, "\n## Rules on reading files\n\nThe set reads intercepts every open for reading. Milliseconds, medians; processor time is that of the command and of callgate.\n\n"+
		"| command | plain: wall, CPU | default rules: wall, CPU | with set reads: wall, CPU | reads / default, wall |\n|---|---|---|---|---|\n")
	for _, r := range readers {
		if _, err := exec.LookPath(r.argv[0]); err != nil {
			fmt.Fprintf(w, "| %s | not measured: %v | | | |\n", r.name, err)
			continue
		}
		wall, cpu := make([][]time.Duration, len(sets)), make([][]time.Duration, len(sets))
		for range b.rounds {
			for i, s := range sets {
				argv := r.argv
				if s.argv != nil {
					argv = slices.Concat([]string{b.callgate}, s.argv, r.argv)
				}
				cmd := exec.Command(argv[0], argv[1:]...)
				cmd.Stderr = os.Stderr
				begin := time.Now()
				if err := cmd.Run(); err != nil {
					return fmt.Errorf("%s, %s: %w", r.name, s.name, err)
				}
				wall[i] = append(wall[i], time.Since(begin))
				cpu[i] = append(cpu[i], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
		}
		fmt.Fprintf(w, "| %s |", r.name)
		for i := range sets {
			slices.Sort(wall[i])
			slices.Sort(cpu[i])
			fmt.Fprintf(w, " %d, %d |", wall[i][b.rounds/2].Milliseconds(), cpu[i][b.rounds/2].Milliseconds())
		}
		fmt.Fprintf(w, " %s |\n", ratio(int(wall[2][b.rounds/2]), int(wall[1][b.rounds/2])))
	}
	return nil
}
