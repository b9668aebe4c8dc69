package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// follower is a node that decides nothing: what it led is led by another first.
// Three nodes have half a dozen groups, each with its leader, so that by itself
// there is hardly ever one.
func (s *stage) follower(js jetstream.JetStream) ([]*node, error) {
	boss, err := s.metaLeader()
	if err != nil {
		return nil, err
	}
	var others []*node
	for _, n := range s.nodes {
		if n.part.Name != boss {
			others = append(others, n)
		}
	}
	n := others[s.r.IntN(len(others))]
	for late := time.Now().Add(patience); time.Now().Before(late); <-time.After(50 * time.Millisecond) {
		led, err := ledBy(js, n.part.Name)
		if err == nil && len(led) == 0 {
			return []*node{n}, nil
		}
		for _, group := range led {
			_, _ = js.Conn().Request("$JS.API."+group, fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, boss), time.Second) // if it is not so now, once more
		}
	}
	return nil, fmt.Errorf("%s does not let go of what it leads", n.part.Name)
}

// ledBy gives the requests with which what the node leads is given to another.
func ledBy(js jetstream.JetStream, name string) (groups []string, err error) {
	streams, err := clusters(js)
	if err != nil {
		return nil, err
	}
	for stream, c := range streams {
		if c.Leader == name {
			groups = append(groups, "STREAM.LEADER.STEPDOWN."+stream)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stream, err := js.Stream(ctx, "SKEIN_TASKS")
	if err != nil {
		return nil, err
	}
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		if info.Cluster != nil && info.Cluster.Leader == name {
			groups = append(groups, "CONSUMER.LEADER.STEPDOWN.SKEIN_TASKS."+info.Name)
		}
	}
	return groups, list.Err()
}

// metaLeader is the node that decides where streams are.
func (s *stage) metaLeader() (string, error) {
	answer, err := http.Get(fmt.Sprintf("http://%s/jsz", address(s.nodes[0].part.Host, s.nodes[0].part.Monitor)))
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var jsz struct {
		Meta struct {
			Leader string `json:"leader"`
		} `json:"meta_cluster"`
	}
	err = json.NewDecoder(answer.Body).Decode(&jsz)
	if err == nil && jsz.Meta.Leader == "" {
		err = fmt.Errorf("there is no leader")
	}
	return jsz.Meta.Leader, err
}
