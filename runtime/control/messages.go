package control

import (
	"encoding/json"
	"time"

	"github.com/callgate/callgate/runtime/meta"
)

// MaxProfile bounds the text of a seccomp profile, in bytes.
const MaxProfile = 2 << 20

// Admit asks, before a container is created, how it is to be supervised, and
// for its seccomp profile.
type Admit struct {
	Version   int            `json:"version"`
	Container meta.Container `json:"container"`
	Runtime   Runtime        `json:"runtime"`
	// Profile is what the container would have without supervision; nil: none.
	Profile json.RawMessage `json:"profile,omitempty"`
	// Prepared: it has the profile that an earlier Admission gave it, and keeps it.
	Prepared bool `json:"prepared,omitempty"`
	// Listener is the socket to which the runtime is to send listeners; empty: the
	// daemon's own, for containers that have no keeper.
	Listener string `json:"listener,omitempty"`
}

// Runtime is what the OCI runtime can do.
type Runtime struct {
	// WaitKillable: it knows SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV.
	WaitKillable bool `json:"waitKillable,omitempty"`
}

// Admission says how a container is to be supervised.
type Admission struct {
	// Supervise is false for a container that is to be left alone; Reason says why.
	Supervise bool   `json:"supervise"`
	Reason    string `json:"reason,omitempty"`
	// Profile is that of Admit with all that rules want to see merged into it; null:
	// none. It is missing only when it is prepared.
	Profile json.RawMessage `json:"profile,omitempty"`
	Policy  Policy          `json:"policy,omitzero"`
	// Notes are remarks for the log, such as an annotation that was not allowed.
	Notes []string `json:"notes,omitempty"`
}

// Refusal answers a request that is not met, with a sentence that says why and
// what to do.
type Refusal struct {
	Reason string `json:"reason"`
}

func (r Refusal) Error() string { return r.Reason }

// Keep opens the connection of a container: its keeper will hand over listeners.
// Once the daemon has kept it, the keeper gives it every listener.
type Keep struct {
	Version   int            `json:"version"`
	Container meta.Container `json:"container"`
	Policy    Policy         `json:"policy"`
	// Reconnect: another daemon has served the container before.
	Reconnect bool `json:"reconnect,omitempty"`
}

// Kept answers Keep. With it comes a pidfd of the daemon: no other process may
// touch the slots before that one has ended. Peer credentials would not do, since
// a socket that systemd listens on names systemd.
type Kept struct {
	PID int `json:"pid"` // for the log
}

// Listener hands over one listener and the slots it receives into.
type Listener struct {
	// ID tells the listeners of one keeper apart.
	ID uint64 `json:"id"`
	// State is the OCI runtime's ContainerProcessState.
	State json.RawMessage `json:"state"`
	// WaitKillable: only fatal signals interrupt a call that was received.
	WaitKillable bool `json:"waitKillable,omitempty"`
	// Repeat: it was served before, so what its slots hold may have been
	// reported already.
	Repeat bool `json:"repeat,omitempty"`
}

// Serving answers Listener: from now on its calls are judged.
type Serving struct {
	ID uint64 `json:"id"`
}

// Ended tells that the last task of a listener is gone and that the daemon has
// closed its copies.
type Ended struct {
	ID uint64 `json:"id"`
}

// Gap tells that there was no daemon and how the calls were answered meanwhile.
type Gap struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Policy Loss      `json:"policy"`
	Calls  uint64    `json:"calls"` // answered by the policy
}

// Started tells the container's first process.
type Started struct {
	PID int `json:"pid"` // in the keeper's pid namespace
}

// Containers are the containers under supervision.
type Containers struct {
	Containers []ContainerStatus `json:"containers"`
}

// ContainerStatus is one container under supervision and what it has cost.
type ContainerStatus struct {
	Container     meta.Container `json:"container"`
	Policy        Policy         `json:"policy"`
	Listeners     int            `json:"listeners"`
	Notifications uint64         `json:"notifications"`
	Alerts        uint64         `json:"alerts"`
	P99           time.Duration  `json:"p99"` // of the time from receipt to answer, in nanoseconds
	// Unseen are the calls that rules want to see since they were reloaded and
	// that the filter, which stays as the container was started, lets through.
	Unseen []string `json:"unseen,omitempty"`
}

// Events asks for alerts; empty members select all.
type Events struct {
	Follow    bool      `json:"follow,omitempty"` // go on with those to come
	Since     time.Time `json:"since,omitzero"`
	Rule      string    `json:"rule,omitempty"`
	Container string    `json:"container,omitempty"` // id, its beginning, or name
}

// Versions are those of a running daemon.
type Versions struct {
	Version  string `json:"version"`
	Protocol int    `json:"protocol"`
}
