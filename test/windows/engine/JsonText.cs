using System.Collections;
using System.Management.Automation;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

/// <summary>JSON as ConvertTo-Json and ConvertFrom-Json have it, as far as the scripts use them.</summary>
public static class JsonText
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true };

    public static string Write(object? value, bool compress) =>
        Node(value)?.ToJsonString(compress ? Plain : Indented) ?? "null";

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        PSObject wrapped when wrapped.BaseObject is PSCustomObject => Members(wrapped.Properties.Select(p => (p.Name, (object?)p.Value))),
        PSObject wrapped => Node(wrapped.BaseObject),
        IDictionary map => Members(map.Keys.Cast<object>().Select(key => (key.ToString()!, map[key]))),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        SwitchParameter flag => JsonValue.Create(flag.IsPresent),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        IEnumerable many => new JsonArray(many.Cast<object?>().Select(Node).ToArray()),
        _ => JsonValue.Create(value.ToString()),
    };

    private static JsonObject Members(IEnumerable<(string Name, object? Value)> members) =>
        new(members.Select(member => KeyValuePair.Create(member.Name, Node(member.Value))));

    /// <summary>Objects become custom objects.</summary>
    public static object? Read(string text) => Value(JsonDocument.Parse(text).RootElement, Custom);

    /// <summary>Objects become hashtables, lists can grow.</summary>
    public static object? ReadWorld(JsonElement element) => Value(element, Table);

    private static object? Value(JsonElement element, Func<JsonElement, object> made) => element.ValueKind switch
    {
        JsonValueKind.Object => made(element),
        JsonValueKind.Array => List(element, made),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt32(out var whole) ? whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static object List(JsonElement element, Func<JsonElement, object> made)
    {
        var items = element.EnumerateArray().Select(item => Value(item, made));
        return made == (Func<JsonElement, object>)Table ? new ArrayList(items.ToArray()) : items.ToArray();
    }

    private static object Custom(JsonElement element)
    {
        var made = new PSObject();
        foreach (var property in element.EnumerateObject())
            made.Properties.Add(new PSNoteProperty(property.Name, Value(property.Value, Custom)));
        return made;
    }

    private static object Table(JsonElement element)
    {
        var made = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var property in element.EnumerateObject()) made[property.Name] = Value(property.Value, Table);
        return made;
    }
}
