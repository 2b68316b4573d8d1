package dev.ledgerstone.base;

import java.net.InetAddress;

/**
 * A range of addresses, such as {@code 10.0.0.0/8} or {@code fd00::/8}; one address is a range of
 * its full length.
 *
 * @param network the range's first address
 * @param bits how many leading bits belong to the range
 */
public record Cidr(InetAddress network, int bits) {
  public Cidr {
    if (bits < 0 || bits > network.getAddress().length * 8) {
      throw new IllegalArgumentException("prefix length out of range: " + bits);
    }
  }

  /** Reads {@code address/bits} or an address; asks no name server. */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      InetAddress address = InetAddress.ofLiteral(text);
      return new Cidr(address, address.getAddress().length * 8);
    }
    return new Cidr(
        InetAddress.ofLiteral(text.substring(0, slash)),
        Integer.parseInt(text.substring(slash + 1)));
  }

  /** Whether an address lies in this range; one of the other family never does. */
  public boolean contains(InetAddress address) {
    byte[] own = network.getAddress();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (own[i] != other[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    return rest == 0 || ((own[whole] ^ other[whole]) & 0xFF & (0xFF << (8 - rest))) == 0;
  }
}
