package evaluate

import (
	"math/big"
	"net/netip"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// mostBlocks is how many blocks may be asked for.
// Documented: CloudFormation Template Reference, Fn::Cidr: "Valid range is between 1 and
// 256".
const mostBlocks = 256

// cidr divides a block of addresses into so many of a size, which is told as the bits that
// are left to each: 8 of an IPv4 address are a /24.
// Documented: CloudFormation Template Reference, Fn::Cidr: the bits are the inverse of
// the mask, which is why they are told from the other end than that of the block.
func (s *stack) cidr(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 3, 3, "Fn::Cidr: [10.0.0.0/16, 4, 8]")
	if !ok {
		return tree.Node{}, false
	}
	var texts [3]string
	for i, what := range []string{"the block of Fn::Cidr", "the count of Fn::Cidr", "the bits of Fn::Cidr"} {
		one, fine := s.text(arguments[i], p, what)
		texts[i], ok = one, ok && fine
	}
	if !ok {
		return tree.Node{}, false
	}
	// Blocks of IPv6 are divided as well, by bits up to 128: the page's own example
	// makes a /64 of the block of a VPC.
	block, err := netip.ParsePrefix(texts[0])
	if err != nil {
		s.fault(arguments[0], p.path, quoted(texts[0])+" is no block of addresses", "10.0.0.0/16, or the CidrBlock of a VPC")
		return tree.Node{}, false
	}
	count, noCount := strconv.Atoi(texts[1])
	bits, noBits := strconv.Atoi(texts[2])
	length := block.Addr().BitLen()
	if noCount != nil || noBits != nil || count < 1 || count > mostBlocks || bits < 1 || bits > length || !fits(count, bits, length-block.Bits()) {
		s.fault(n, p.path, "Fn::Cidr cannot make "+quoted(texts[1])+" blocks of "+quoted(texts[2])+" bits in "+block.String(), "1 to 256 blocks, which fit into it together")
		return tree.Node{}, false
	}
	if !s.spend(n, p.path, count, count*len(texts[0])) {
		return tree.Node{}, false
	}
	// Assumed: bits of the address beyond its prefix do not count, so that 10.0.1.7/16
	// begins at 10.0.0.0. EC2 reads the block of a VPC so.
	list, next := tree.List().From(n), new(big.Int).SetBytes(block.Masked().Addr().AsSlice())
	size := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	for range count {
		address, _ := netip.AddrFromSlice(next.FillBytes(make([]byte, length/8)))
		list.Add(tree.Text(netip.PrefixFrom(address, length-bits).String()).From(n))
		next.Add(next, size)
	}
	return list, true
}

// fits says whether so many blocks of so many bits are in one of that many.
func fits(count, bits, within int) bool {
	for needed := 1; needed < count; needed *= 2 {
		bits++
	}
	return bits <= within
}
