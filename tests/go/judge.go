// Judges a transparency log by golang.org/x/mod/sumdb, which shares no code with us.
//
// Questions come as JSON on standard input, answers go as JSON to standard output. A verdict is the
// error with which Go rejects, or an empty string.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type questions struct {
	Notes   []signed
	Records []record
	Trees   []tree
	Tiles   *published
}

type answers struct {
	Notes   []string           `json:"notes"`
	Records []string           `json:"records"`
	Trees   []string           `json:"trees"`
	Proofs  []tlog.RecordProof `json:"proofs"`
}

// A signed note, and the key it should be signed with.
type signed struct {
	Key, Note string
}

// An entry, and the proof that it is in a tree.
type record struct {
	Leaf, Size int64
	Entry      []byte
	Root       tlog.Hash
	Proof      tlog.RecordProof
}

// Two trees, and the proof that the new one begins with the old one.
type tree struct {
	OldSize, NewSize int64
	OldRoot, NewRoot tlog.Hash
	Proof            tlog.TreeProof
}

// A tree whose tiles are files, and the leaves to prove from them.
type published struct {
	Folder string
	Size   int64
	Root   tlog.Hash
	Leaves []int64
}

func main() {
	log.SetFlags(0)
	var asked questions
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	said := answers{[]string{}, []string{}, []string{}, []tlog.RecordProof{}}
	for _, n := range asked.Notes {
		said.Notes = append(said.Notes, verdict(n.check()))
	}
	for _, r := range asked.Records {
		err := tlog.CheckRecord(r.Proof, r.Size, r.Root, r.Leaf, tlog.RecordHash(r.Entry))
		said.Records = append(said.Records, verdict(err))
	}
	for _, t := range asked.Trees {
		err := tlog.CheckTree(t.Proof, t.NewSize, t.NewRoot, t.OldSize, t.OldRoot)
		said.Trees = append(said.Trees, verdict(err))
	}
	if asked.Tiles != nil {
		said.Proofs = asked.Tiles.prove()
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		log.Fatal(err)
	}
}

func verdict(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// check opens the note as any client of a log would.
func (n signed) check() error {
	key, err := note.NewVerifier(n.Key)
	if err != nil {
		return err
	}
	_, err = note.Open([]byte(n.Note), note.VerifierList(key))
	return err
}

// prove makes proofs from the tiles. The reader checks every tile against the root before it is used.
func (p published) prove() []tlog.RecordProof {
	reader := tlog.TileHashReader(tlog.Tree{N: p.Size, Hash: p.Root}, p)
	var proofs []tlog.RecordProof
	for _, leaf := range p.Leaves {
		proof, err := tlog.ProveRecord(p.Size, leaf, reader)
		if err != nil {
			log.Fatal(err)
		}
		proofs = append(proofs, proof)
	}
	return proofs
}

// Height is that of C2SP tiles, whose paths do not name it.
func (p published) Height() int { return 8 }

func (p published) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		content, err := os.ReadFile(filepath.Join(p.Folder, path))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func (p published) SaveTiles([]tlog.Tile, [][]byte) {}
