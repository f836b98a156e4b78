using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.Json;

/// <summary>One script, as `powershell.exe -NoProfile -NonInteractive -File` would run it.</summary>
public static class Run
{
    /// <summary>Request: file, arguments, input, and optionally modules and the world they pretend.</summary>
    public static Hashtable Script(JsonElement request, TextReader? input = null)
    {
        var modules = request.TryGetProperty("modules", out var named) ? named.EnumerateArray().Select(path => path.GetString()!).ToArray() : [];
        var runspace = Prepared(modules, Text(request, "file"));
        var world = request.TryGetProperty("world", out var given) ? JsonText.ReadWorld(given) : null;
        runspace.SessionStateProxy.SetVariable("World", world);
        runspace.SessionStateProxy.SetVariable("LASTEXITCODE", null);
        Console.SetIn(input ?? new StringReader(Text(request, "input")));
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand(Text(request, "file"));
        AddArguments(shell, request.GetProperty("arguments").EnumerateArray().Select(word => word.GetString()!).ToArray());
        var answer = new Hashtable { ["exitCode"] = 0, ["stderr"] = "" };
        try
        {
            answer["stdout"] = string.Concat(shell.Invoke().Select(line => $"{line}\n"));
            answer["exitCode"] = runspace.SessionStateProxy.GetVariable("LASTEXITCODE") ?? (shell.Streams.Error.Count > 0 ? 1 : 0);
        }
        catch (RuntimeException error)
        {
            answer["stdout"] = "";
            answer["exitCode"] = 1;
            answer["stderr"] = $"{error.ErrorRecord} {error.ErrorRecord?.InvocationInfo?.PositionMessage}";
        }
        if (shell.Streams.Error.Count > 0) answer["stderr"] = $"{answer["stderr"]}{string.Join("\n", shell.Streams.Error)}";
        answer["world"] = world;
        return answer;
    }

    private static Runspace? prepared;
    private static string folder = "";

    /// <summary>One for all scripts of a folder: what is compiled once stays so, and a script leaves nothing behind but its folder's modules.</summary>
    private static Runspace Prepared(string[] modules, string file)
    {
        var own = Path.GetDirectoryName(file)!.Replace("/settings", "");
        if (prepared is not null && folder == own) return prepared;
        prepared?.Dispose();
        folder = own;
        // Without the cmdlets of other packages: what a script calls has a stand-in, or is an error.
        prepared = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        prepared.Open();
        if (modules.Length == 0) return prepared;
        using var shell = PowerShell.Create(prepared);
        shell.AddCommand("Import-Module").AddParameter("Name", modules).AddParameter("Global", true).Invoke();
        return prepared;
    }

    private static string Text(JsonElement request, string name) =>
        request.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    /// <summary>-Name value, or -Switch.</summary>
    private static void AddArguments(PowerShell shell, string[] words)
    {
        for (var at = 0; at < words.Length; at++)
        {
            if (!words[at].StartsWith('-')) shell.AddArgument(words[at]);
            else if (at + 1 < words.Length && !words[at + 1].StartsWith('-')) shell.AddParameter(words[at][1..], words[++at]);
            else shell.AddParameter(words[at][1..]);
        }
    }
}
