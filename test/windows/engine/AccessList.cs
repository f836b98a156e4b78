/// <summary>What Get-Acl hands out, as far as the scripts ask it.</summary>
public sealed class AccessList(string owner, AccessRule[] rules)
{
    public string GetOwner(Type _) => owner;

    public AccessRule[] GetAccessRules(bool _, bool __, Type ___) => rules;
}

public sealed record AccessRule(string IdentityReference, string AccessControlType, int FileSystemRights);
