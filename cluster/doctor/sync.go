package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/permit"
)

// told is what a server says of its disk.
type told struct {
	always bool
	every  time.Duration // if not always
	by     string
}

// varz is what we need of a server's /varz.
type varz struct {
	ID        string `json:"server_id"`
	Name      string `json:"server_name"`
	JetStream struct {
		Config struct {
			Always bool          `json:"sync_always"`
			Every  time.Duration `json:"sync_interval"`
		} `json:"config"`
	} `json:"jetstream"`
}

// sync looks when what a server has acknowledged is on its disk. Only a server of
// ours, or its monitoring, tells.
func (p *patient) sync(ctx context.Context) error {
	byName := map[string]told{}
	for _, address := range p.o.Monitor {
		v, err := monitor(ctx, address)
		if err != nil {
			return err
		}
		byName[v.Name] = told{v.JetStream.Config.Always, v.JetStream.Config.Every, address}
		if v.ID == p.nc.ConnectedServerId() {
			byName[""] = byName[v.Name]
		}
	}
	if own := p.ours(ctx); own != nil {
		byName[""] = *own
	}
	need := []string{""}
	replicas := 1
	if p.tasks != nil && p.tasks.Cluster != nil && p.nc.ConnectedClusterName() != "" {
		need, replicas = keepers(p.tasks), p.tasks.Config.Replicas
	}
	p.judge(byName, need, replicas)
	return nil
}

func (p *patient) judge(byName map[string]told, need []string, replicas int) {
	const what = "sync"
	var unknown []string
	all, longest := true, time.Duration(0)
	for _, name := range need {
		t, known := byName[name]
		switch {
		case !known:
			unknown = append(unknown, name)
		case !t.always:
			all, longest = false, max(longest, t.every)
		}
	}
	switch {
	case len(unknown) > 0 && replicas > 1:
		p.find(what, Unknown, "the replicas stand for it, unless they lose power together; --monitor http://HOST:8222 for each server tells",
			"not known%s", of(unknown))
	case len(unknown) > 0:
		p.find(what, Unknown, "if it is not before the acknowledgement, A1 does not hold at a power cut; --monitor http://HOST:8222 tells", "not known%s", of(unknown))
	case all:
		p.find(what, Fine, "A1: what was acknowledged survives a power cut", "before each acknowledgement")
	case replicas > 1:
		p.find(what, Look, fmt.Sprintf("A1 holds unless the replicas lose power together: that loses what was acknowledged in the last %v", longest), "every %v", longest)
	default:
		p.find(what, Broken, fmt.Sprintf("A1 does not hold: a power cut loses what was acknowledged in the last %v, and its tasks end as lost. That the server is killed loses nothing", longest), "every %v", longest)
	}
}

func of(names []string) string {
	text := strings.Join(names, ", ")
	if text == "" {
		return ""
	}
	return " of " + text
}

// ours asks whether it is one of ours; nil: it is not, or does not tell.
func (p *patient) ours(ctx context.Context) *told {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	m, err := p.nc.RequestWithContext(ctx, permit.About, nil)
	var about permit.AboutServer
	if err != nil || json.Unmarshal(m.Data, &about) != nil || about.Server != p.nc.ConnectedServerId() {
		return nil
	}
	if about.Halted != "" {
		p.find("disk", Broken, "it takes nothing: who submits waits, and so do workers with what has ended. It goes on by itself when it can write", "%s", about.Halted)
	}
	return &told{about.SyncAlways, about.SyncInterval, "itself"}
}

// monitor asks a server's monitoring.
func monitor(ctx context.Context, address string) (v varz, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/varz", nil)
	if err != nil {
		return v, fmt.Errorf("doctor: monitor %s: %w", address, err)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return v, fmt.Errorf("doctor: monitor: %w", err)
	}
	defer reply.Body.Close()
	const most = 1 << 20
	body, err := io.ReadAll(io.LimitReader(reply.Body, most))
	if err == nil {
		err = json.Unmarshal(body, &v)
	}
	if err == nil && v.ID == "" {
		err = errors.New("it is no server's monitoring")
	}
	if err != nil {
		return v, fmt.Errorf("doctor: monitor %s: %w", address, err)
	}
	return v, nil
}

// roundTrip measures how far away the server is.
func (p *patient) roundTrip(ctx context.Context) error {
	if p.trip == 0 {
		for range 5 {
			d, err := p.nc.RTT()
			if err != nil {
				if errors.Is(err, nats.ErrTimeout) || ctx.Err() != nil {
					return fmt.Errorf("doctor: measure the round trip: %w", err)
				}
				return err
			}
			if p.trip == 0 || d < p.trip {
				p.trip = d
			}
		}
	}
	level, means := Fine, "a Submit takes so long and what the disk takes"
	if p.trip > 250*time.Millisecond {
		level, means = Look, "leases are renewed over this way: the longer it is, the more tasks run twice"
	}
	p.find("round trip", level, means, "%v", p.trip.Round(10*time.Microsecond))
	return nil
}
