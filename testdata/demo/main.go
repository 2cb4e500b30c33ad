// Command demo runs an attacker's steps under callgate and prints, side by side,
// what happened and what the rules said of it. It fails when a rule that it shows
// does not fire.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// step is one thing that an attacker does.
type step struct {
	title    string
	flags    []string // callgate's
	argv     []string
	terminal bool     // on a terminal of its own
	rules    []string // that must fire
	denied   bool     // and fail
}

func steps(tools, api string) []step {
	return []step{
		{
			title: "A shell with a terminal, as kubectl exec -it gives one",
			argv:  []string{"bash", "-i", "-c", "echo I am $(id -un), on $(tty)"}, terminal: true,
			rules: []string{"Terminal shell in container"},
		}, {
			title: "A change of namespaces, as a container escape begins",
			argv:  []string{"unshare", "--user", "--map-root-user", "--net", "sh", "-c", "echo I am $(id -un) now; nsenter --net=/proc/self/ns/net true"},
			rules: []string{"Change thread namespace"},
		}, {
			title: "A Kubernetes client that talks to the API server",
			argv:  []string{filepath.Join(tools, "kubectl"), "get", "pods", "--server", api},
			rules: []string{"Kubernetes Client Tool Launched in Container", "Contact K8S API Server From Container"},
		}, {
			title: "A look at the password hashes (rules on reads are a set of their own)",
			flags: []string{"--set", "reads"},
			argv:  []string{"sh", "-c", "head -c0 /etc/shadow && echo read"},
			rules: []string{"Read sensitive file untrusted"},
		}, {
			title: "A new file below /etc, which a rule denies",
			flags: []string{"--mode", "enforce"},
			argv:  []string{"sh", "-c", "echo '* * * * * root id' > /etc/callgate-demo; ls /etc/callgate-demo"},
			rules: []string{"Write below etc"}, denied: true,
		},
	}
}

func main() {
	callgate := flag.String("callgate", "bin/callgate", "the binary to show")
	rules := flag.String("rules", "", "the demo's rule file")
	tools := flag.String("tools", "", "directory of the demo's programs")
	flag.Parse()
	if err := run(*callgate, *rules, *tools); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(callgate, rules, tools string) error {
	api, err := serveAPI()
	if err != nil {
		return err
	}
	defer func() { _ = api.Close() }()
	fmt.Print("Five steps of an attacker, each run under callgate: what happened, and what a rule said\nbefore it happened. Nothing is stopped in mode monitor, which is the default. The rules\nare the embedded ones and those of testdata/demo/rules.yaml.\n")
	for i, s := range steps(tools, api.Addr().String()) {
		fmt.Printf("\n%d. %s\n", i+1, s.title)
		r, err := s.run(callgate, rules, filepath.Join(tools, fmt.Sprintf("alerts-%d.json", i+1)))
		if err != nil {
			return err
		}
		r.print(s)
		if err := r.check(s); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// serveAPI stands in for the Kubernetes API server.
func serveAPI() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:6443")
	if err != nil {
		return nil, fmt.Errorf("stand in for the API server: %w", err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("NAME     READY   STATUS\nmysql    1/1     Running\n"))
			_ = c.Close()
		}
	}()
	return l, nil
}
