package insight

import (
	"strings"

	"example.com/skein"
)

// What of a tree is listed. The snapshot itself limits each list, but not
// their number.
const (
	mostGroups  = 1000
	mostWorkers = 1000
	mostBytes   = 200 // of a name or a text
	mostStack   = 64 << 10
)

// eachGroup calls visit with every group of a list, and of those below.
func eachGroup(groups []skein.GroupState, visit func(g *skein.GroupState)) {
	for i := range groups {
		visit(&groups[i])
		eachGroup(groups[i].Groups, visit)
	}
}

// shorten cuts the names and texts of a snapshot.
func shorten(s *skein.Snapshot) {
	eachGroup(s.Groups, func(g *skein.GroupState) {
		g.Name, g.Cause = clip(g.Name, mostBytes), clip(g.Cause, mostBytes)
		for i := range g.Workers {
			shortenWorker(&g.Workers[i])
		}
	})
}

func shortenWorker(w *skein.Worker) {
	w.Group, w.Name = clip(w.Group, mostBytes), clip(w.Name, mostBytes)
	w.Func, w.At = clip(w.Func, 2*mostBytes), clip(w.At, 2*mostBytes)
	w.Stack = clip(w.Stack, mostStack)
}

// clip returns the beginning of a text that is too long. It is a copy, so that
// a history does not keep the megabyte behind it.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// prune takes from a snapshot what is too much for a page.
func prune(s *skein.Snapshot) {
	pruneGroups(s)
	most := mostWorkers
	for listed(s, most) > mostWorkers {
		most /= 2
	}
	eachGroup(s.Groups, func(g *skein.GroupState) {
		g.Workers = g.Workers[:min(len(g.Workers), most)]
		for i := range g.Workers {
			g.Workers[i].Group = "" // it stands above
		}
	})
}

// listed counts the workers in a snapshot if at most so many of each group are.
func listed(s *skein.Snapshot, most int) (n int) {
	eachGroup(s.Groups, func(g *skein.GroupState) { n += min(len(g.Workers), most) })
	return n
}

// pruneGroups keeps the groups that are nearest to the root.
func pruneGroups(s *skein.Snapshot) {
	type list struct {
		groups *[]skein.GroupState
		rest   *skein.Rest
	}
	left := mostGroups
	for lists := []list{{&s.Groups, &s.Rest}}; len(lists) > 0; lists = lists[1:] {
		groups := *lists[0].groups
		kept := min(left, len(groups))
		for i := range groups[kept:] {
			leaveOut(lists[0].rest, &groups[kept+i])
		}
		*lists[0].groups, left = groups[:kept], left-kept
		for i := range groups[:kept] {
			lists = append(lists, list{&groups[i].Groups, &groups[i].Rest})
		}
	}
}

// leaveOut counts a group, and those below it, that are not listed.
func leaveOut(rest *skein.Rest, g *skein.GroupState) {
	rest.Groups += 1 + g.Rest.Groups
	rest.Running += g.Running + g.Rest.Running
	rest.Queued += g.Queued + g.Rest.Queued
	for i := range g.Groups {
		leaveOut(rest, &g.Groups[i])
	}
}
