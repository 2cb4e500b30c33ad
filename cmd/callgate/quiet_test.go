package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// work is something that people and machines do every day. Its script runs in an
// empty directory, which is its home too, and fails when the work does.
type work struct {
	name   string
	needs  []string // programs
	long   bool     // only in the long form
	root   bool     // needs root
	host   bool     // is the host's work, not a container's
	script string
}

var works = []work{
	{name: "bash at a terminal", needs: []string{"bash", "script"}, script: `
		printf 'cd /tmp\nls >/dev/null\nhistory -a\nexit 0\n' | script -qec 'bash -i' /dev/null >/dev/null`},
	{name: "tools", needs: []string{"tar", "find", "sed"}, script: `
		mkdir -p a/b && echo x >a/b/c && sed -i s/x/y/ a/b/c && cp -a a d && mv d e && ln -s a/b/c l && ln a/b/c h
		tar cf a.tar a && tar xf a.tar -C e && find . -type f -exec grep -l y {} + >/dev/null
		chmod 755 a/b/c && ls -lR /usr/share/doc >/dev/null && rm -r a e`},
	{name: "a job of cron", script: `
		printf '#!/bin/sh\ndate >>job.log\n' >job && chmod +x job
		env -i HOME="$PWD" PATH=/usr/bin:/bin LOGNAME=root SHELL=/bin/sh /bin/sh -c 'cd "$HOME" && test -x ./job && ./job'`},
	{name: "git", needs: []string{"git"}, script: `
		export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
		git init -q r && cd r && echo a >a && git add a && git commit -qm a && git checkout -q -b b && echo b >a && git commit -qam b
		git log -p >/dev/null && git gc -q && git clone -q . ../s`},
	{name: "the database of packages", needs: []string{"dpkg", "dpkg-query"}, script: `
		dpkg -l >/dev/null && dpkg-query -W >/dev/null && dpkg --verify base-files || true`},
	{name: "a package into a root of its own", needs: []string{"dpkg", "dpkg-deb"}, root: true, script: `
		mkdir -p p/DEBIAN p/etc/x p/usr/bin root/var/lib/dpkg/updates root/var/lib/dpkg/info && touch root/var/lib/dpkg/status root/var/lib/dpkg/available
		printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n' >p/DEBIAN/control
		echo /etc/x/conf >p/DEBIAN/conffiles && echo 1 >p/etc/x/conf && printf '#!/bin/sh\ntrue\n' >p/usr/bin/x && chmod 755 p/usr/bin/x
		printf '#!/bin/sh\nset -e\nchmod 700 "$DPKG_ROOT/etc/x"\n' >p/DEBIAN/postinst && chmod 755 p/DEBIAN/postinst
		dpkg-deb -b p x.deb >/dev/null && dpkg --root="$PWD/root" --force-script-chrootless -i x.deb >/dev/null
		dpkg --root="$PWD/root" --force-script-chrootless -P x >/dev/null`},
	{name: "a Python venv", needs: []string{"python3"}, long: true, script: `
		python3 -m venv --without-pip v && v/bin/python -c 'import json, ssl, subprocess; subprocess.run(["true"], check=True)'`},
	{name: "apt-get", needs: []string{"apt-get"}, long: true, script: `
		apt-get -s -q dist-upgrade >/dev/null`},
	{name: "go build", needs: []string{"go"}, long: true, script: `
		printf 'module x\n' >go.mod && printf 'package main\n\nfunc main() { println(1) }\n' >x.go
		GOFLAGS=-mod=mod GOCACHE="$PWD/cache" go build -o x . && ./x`},
	{name: "npm install", needs: []string{"npm"}, long: true, script: `
		mkdir -p dep p && echo '{"name":"dep","version":"1.0.0","scripts":{"postinstall":"echo done"}}' >dep/package.json
		cd p && echo '{"name":"p","version":"1.0.0"}' >package.json && npm install --offline --no-audit --no-fund ../dep >/dev/null`},
	{name: "logrotate", needs: []string{"logrotate"}, long: true, script: `
		mkdir log && echo x >>log/syslog
		printf '%s/log/syslog {\n rotate 2\n create\n missingok\n su root root\n postrotate\n true\n endscript\n}\n' "$PWD" >conf
		logrotate -f -s state conf && test -e log/syslog.1`, root: true},
	{name: "postgres", needs: []string{"postgres", "initdb", "psql", "setpriv"}, long: true, root: true, script: `
		chown nobody . && chmod o+x .. ../.. && export PGDATA="$PWD/data" && as="setpriv --reuid=65534 --regid=65534 --clear-groups"
		$as initdb -U postgres >/dev/null && $as pg_ctl -w -o "-c listen_addresses= -k $PWD" start >/dev/null
		$as psql -h "$PWD" -U postgres -c 'create table t (a int)' -c 'insert into t values (1)' postgres >/dev/null
		$as pg_ctl -w stop >/dev/null`},
	{name: "nginx", needs: []string{"nginx", "curl"}, long: true, script: `
		mkdir t && echo "daemon on; pid $PWD/pid; error_log stderr; events {} http { access_log off;
			client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
			server { listen unix:$PWD/s; location / { return 200 ok; } } }" >conf
		nginx -p "$PWD" -c conf && curl -sf --unix-socket s http://localhost/ && nginx -p "$PWD" -c conf -s stop`},
	{name: "redis", needs: []string{"redis-server", "redis-cli"}, long: true, script: `
		redis-server --port 0 --unixsocket "$PWD/s" --daemonize yes --save '' >/dev/null
		for i in $(seq 300); do test -S s && break; sleep 0.1; done
		redis-cli -s s set a 1 >/dev/null && redis-cli -s s shutdown nosave`},
	{name: "a session of ssh", needs: []string{"sshd", "ssh", "ssh-keygen"}, long: true, root: true, script: `
		mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key
		server="$(command -v sshd) -i -f /dev/null -h $PWD/host -o AuthorizedKeysFile=$PWD/key.pub -o StrictModes=no -o UsePAM=no"
		set -- ssh -F /dev/null -o "ProxyCommand=$server" -o StrictHostKeyChecking=no -o UserKnownHostsFile=known -i key root@localhost
		"$@" 'id && ls / >/dev/null' && echo 'ls; exit' | "$@" -tt`},
	{name: "a container of runc", needs: []string{"runc", "busybox"}, long: true, root: true, host: true, script: `
		mkdir -p rootfs/bin && cp "$(command -v busybox)" rootfs/bin/ && ln -s busybox rootfs/bin/sh && runc spec
		sed -i -e 's/"terminal": true/"terminal": false/' -e 's/"sh"/"sh", "-c", "busybox ls \/"/' config.json
		runc --root "$PWD/state" run callgate-quiet-$$ >/dev/null`},
}

// The default set has nothing to say of ordinary work.
func TestQuiet(t *testing.T) {
	if err := runs(); err != nil {
		if os.Getenv("CALLGATE_REQUIRE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, w := range works {
		t.Run(w.name, func(t *testing.T) {
			if w.long && os.Getenv("CALLGATE_LONG") == "" {
				t.Skip("only in the long form (CALLGATE_LONG=1)")
			}
			if w.root && os.Geteuid() != 0 {
				t.Skip("needs root")
			}
			// Nothing is installed for this: what is not there is nobody's work here.
			for _, program := range w.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skip(err)
				}
			}
			w.run(t)
		})
	}
}

func (w *work) run(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	alerts := filepath.Join(dir, "alerts")
	args := []string{"run", "--sink", "file:" + alerts}
	if w.host {
		args = append(args, "--host")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "callgate", append(args, "--", "/bin/sh", "-ec", w.script)...)
	c.Dir, c.WaitDelay = home, 30*time.Second
	c.Env = append(os.Environ(), "HOME="+home)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(alerts)
	if err != nil {
		t.Fatal(err)
	}
	if got = bytes.TrimSpace(got); len(got) > 0 {
		t.Errorf("alerts of the default set:\n%s", got)
	}
}
