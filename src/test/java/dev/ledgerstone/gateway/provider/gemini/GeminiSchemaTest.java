package dev.ledgerstone.gateway.provider.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiSchemaTest {
  private static ObjectNode schema(String json) throws IOException {
    return (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
  }

  private static void becomes(String json, String expected) throws IOException {
    assertThat(GeminiSchema.of(schema(json))).isEqualTo(schema(expected));
  }

  @Test
  void anObjectKeepsTheOrderOfItsProperties() throws IOException {
    becomes(
        """
        {'$schema':'http://json-schema.org/draft-07/schema#','type':'object','additionalProperties':false,
         'properties':{'zip':{'type':'string','description':'five digits'},'age':{'type':'integer','minimum':0}},
         'required':['zip']}""",
        """
        {'type':'OBJECT','properties':{'zip':{'type':'STRING','description':'five digits'},
         'age':{'type':'INTEGER','minimum':0}},'propertyOrdering':['zip','age'],'required':['zip']}""");
  }

  @Test
  void nullAmongTheTypesIsNullable() throws IOException {
    becomes("{'type':['string','null']}", "{'nullable':true,'type':'STRING'}");
    becomes(
        "{'anyOf':[{'type':'number'},{'type':'null'}]}", "{'nullable':true,'type':'NUMBER'}");
    becomes("{'enum':['a',null]}", "{'nullable':true,'enum':['a'],'type':'STRING'}");
  }

  @Test
  void aReferenceIsWrittenOut() throws IOException {
    becomes(
        """
        {'type':'array','items':{'$ref':'#/$defs/Kind','description':'of it'},
         '$defs':{'Kind':{'const':'x'}}}""",
        "{'type':'ARRAY','items':{'enum':['x'],'type':'STRING','description':'of it'}}");
  }

  @Test
  void whatMayBeSeveralThingsStaysSo() throws IOException {
    becomes(
        "{'anyOf':[{'type':'number'},{'type':'string','format':'email'}]}",
        "{'anyOf':[{'type':'NUMBER'},{'type':'STRING'}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'$ref':'#/$defs/a','$defs':{'a':{'type':'object','properties':{'next':{'$ref':'#/$defs/a'}}}}}",
        "{'$ref':'https://example.org/schema'}",
        "{'oneOf':[{'type':'string'}]}",
        "{'type':['string','number']}",
        "{'type':'object','additionalProperties':{'type':'string'}}",
        "{'enum':[1,2]}",
        "{'not':{'type':'string'}}",
        "{'items':true}"
      })
  void whatTheSubsetHasNoWordForIsImpossible(String json) throws IOException {
    assertThat(GeminiSchema.of(schema(json))).isNull();
  }
}
