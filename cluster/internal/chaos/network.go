package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// network is a bridge with a namespace of its own for each node, in one more
// namespace: the hub, where the others are. Nothing of it is seen by anybody
// else on the machine.
type network struct {
	prefix string
	nodes  int
}

func newNetwork(nodes int) (*network, error) {
	n := &network{fmt.Sprintf("skein-%d-", os.Getpid()), nodes}
	hub := n.hub()
	lines := []string{
		"netns add " + hub,
		"-n " + hub + " link set lo up",
		"-n " + hub + " link add bridge type bridge",
		"-n " + hub + " addr add " + inNetwork + "100/24 dev bridge",
		"-n " + hub + " link set bridge up",
	}
	for i := range nodes {
		at := n.node(i)
		lines = append(lines,
			"netns add "+at,
			"-n "+at+" link set lo up",
			fmt.Sprintf("-n %s link add port%d type veth peer name port netns %s", hub, i, at),
			fmt.Sprintf("-n %s link set port%d master bridge up", hub, i),
			fmt.Sprintf("-n %s addr add %s%d/24 dev port", at, inNetwork, i+1),
			"-n "+at+" link set port up",
		)
	}
	for _, line := range lines {
		if err := ip(line); err != nil {
			n.remove()
			return nil, err
		}
	}
	return n, nil
}

func (n *network) node(i int) string { return fmt.Sprint(n.prefix, i) }
func (n *network) hub() string       { return n.prefix + "hub" }

// cut separates a node, and who is with it, from all others.
func (n *network) cut(i int) error  { return ip(fmt.Sprintf("-n %s link set port%d down", n.hub(), i)) }
func (n *network) heal(i int) error { return ip(fmt.Sprintf("-n %s link set port%d up", n.hub(), i)) }

func (n *network) remove() {
	for i := range n.nodes {
		_ = ip("netns del " + n.node(i)) // there is none if it could not be made
	}
	_ = ip("netns del " + n.hub())
}

func ip(line string) error {
	if said, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", line, err, said)
	}
	return nil
}
