package dev.ledgerstone.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Sha256;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  private static final HexFormat HEX = HexFormat.of();

  /** The definition of RFC 6962, section 2.1, word by word. */
  private static byte[] root(List<byte[]> leaves) {
    if (leaves.isEmpty()) {
      return Sha256.of();
    }
    if (leaves.size() == 1) {
      return Sha256.of(new byte[] {0}, leaves.getFirst());
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return Sha256.of(
        new byte[] {1}, root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  @Test
  void theTreeIsTheOneOfTheDefinitionForEveryNumberOfLeaves() {
    List<byte[]> leaves = new ArrayList<>();
    MerkleTree tree = new MerkleTree();
    assertThat(HEX.formatHex(tree.root())).isEqualTo(HEX.formatHex(root(leaves)));
    for (int i = 0; i < 300; i++) {
      byte[] leaf = ("leaf " + i).getBytes(UTF_8);
      leaves.add(leaf);
      tree.add(leaf);
      assertThat(HEX.formatHex(tree.root())).as("%d", i + 1).isEqualTo(HEX.formatHex(root(leaves)));
    }
  }

  /** The test vectors of the reference implementation of certificate transparency. */
  @Test
  void knownTreesHaveTheirKnownRoots() {
    MerkleTree tree = new MerkleTree();
    assertThat(HEX.formatHex(tree.root()))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    tree.add(new byte[0]);
    assertThat(HEX.formatHex(tree.root()))
        .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    tree.add(HEX.parseHex("00"));
    assertThat(HEX.formatHex(tree.root()))
        .isEqualTo("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    tree.add(HEX.parseHex("10"));
    assertThat(HEX.formatHex(tree.root()))
        .isEqualTo("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  }
}
