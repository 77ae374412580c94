package evaluate

import "github.com/dragoman-gateway/dragoman/management/tree"

func (s *stack) evaluateNested(r *resource) {}

func (s *stack) nestedOutput(r *resource, attribute string, n tree.Node, p place) (tree.Node, bool) {
	return tree.Node{}, false
}

func (s *stack) expand(template tree.Node) tree.Node { return template }

func (s *stack) checkRules() {}

func (s *stack) ruleLogic(name string, n tree.Node, p place) (bool, bool) { return false, false }
func (s *stack) ruleValue(name string, n tree.Node, p place) (tree.Node, bool) {
	return tree.Node{}, false
}
func (s *stack) cidr(n tree.Node, p place) (tree.Node, bool) { return tree.Node{}, false }
