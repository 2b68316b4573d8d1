package dev.ledgerstone.settings;

import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A place in a file.
 *
 * @param path such as {@code budgets[0].limit_usd}
 * @param line from 1
 * @param column from 1
 */
record Spot(String path, int line, int column) {
  static Spot of(Node node, String path) {
    return node.getStartMark()
        .map(mark -> new Spot(path, mark.getLine() + 1, mark.getColumn() + 1))
        .orElse(new Spot(path, 1, 1));
  }
}
