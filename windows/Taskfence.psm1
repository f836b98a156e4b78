# What the settings share: how one is tested and set, how it answers, and where the credentials address belongs.
# Read by Windows PowerShell 5.1 and later.
#
# Everywhere: cmdlets for networks, the firewall and scheduled tasks are functions of modules, and those do not see the
# $ErrorActionPreference of a script that calls them. Each is told to stop at an error by itself, or it would go on.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$CredentialsAddress = '169.254.170.2'
$CredentialsPort = 80
$AgentPort = 51679

<#
.SYNOPSIS
Tests a setting, repairs it if asked, and answers with one object.

.DESCRIPTION
Find tells what stands (see Format-Finding), or throws where that cannot be told. Repair changes what Find found
wrong and writes a line for each thing it did; what it changed is given up to SettleSeconds to show.

holds: $true, $false, or $null where it could not be told; then "because" says why.
#>
function Resolve-Setting {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)][string]$Name,
        [Parameter(Mandatory)][scriptblock]$Find,
        [Parameter(Mandatory)][scriptblock]$Repair,
        [switch]$Set,
        [int]$SettleSeconds = 30
    )
    $done = @()
    $failure = $null
    $seen = Get-Finding -Find $Find
    if ($Set -and $seen.Repairable) {
        try { $done = @(& $Repair | ForEach-Object { "$_" }) }
        catch { $failure = $_.Exception.Message }
        if ($done.Count -gt 0 -and $null -eq $failure) {
            [void](Wait-Condition -Seconds $SettleSeconds -Condition { (Get-Finding -Find $Find).Holds -eq $true })
        }
        $seen = Get-Finding -Find $Find
    }
    $because = $seen.Fault
    if ($null -ne $failure -and $seen.Holds -ne $true) { $because = "$because; $failure" }
    [pscustomobject][ordered]@{
        setting = $Name
        holds   = $seen.Holds
        state   = $seen.State
        because = $because
        hint    = $seen.Hint
        done    = $done
    }
}

function Get-Finding {
    param([Parameter(Mandatory)][scriptblock]$Find)
    try { & $Find }
    catch {
        [pscustomobject]@{ Holds = $null; State = $null; Fault = $_.Exception.Message; Hint = $null; Repairable = $false }
    }
}

<#
.SYNOPSIS
What Find answers: a State when all is well, a Fault when not. OutOfReach: a fault that the setting cannot repair.
#>
function Format-Finding {
    param([string]$State, [string]$Fault, [string]$Hint, [switch]$OutOfReach)
    $text = { param($Value) if ($Value) { $Value } else { $null } }
    [pscustomobject]@{
        Holds      = -not $Fault
        State      = if ($Fault) { $null } else { $State }
        Fault      = & $text $Fault
        Hint       = & $text $Hint
        Repairable = [bool]$Fault -and -not $OutOfReach
    }
}

# $true as soon as the condition is; asked once a second, and $false when the seconds are over.
function Wait-Condition {
    param([Parameter(Mandatory)][int]$Seconds, [Parameter(Mandatory)][scriptblock]$Condition)
    for ($second = 0; $second -lt $Seconds; $second++) {
        if (& $Condition) { return $true }
        Start-Sleep -Seconds 1
    }
    [bool](& $Condition)
}

# One line of ASCII: the console's code page would garble the name of an adapter.
function ConvertTo-Answer {
    param([Parameter(Mandatory)]$Answer)
    $json = ConvertTo-Json -InputObject $Answer -Compress -Depth 6
    [regex]::Replace($json, '[^\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
}

# 0 holds, 2 does not, 3 could not be told; 1 what should have been set and is not. As taskfence itself ends.
function Get-ExitCode {
    param([Parameter(Mandatory)]$Answer, [switch]$Set)
    if ($Answer.holds -eq $true) { return 0 }
    if ($null -eq $Answer.holds) { return 3 }
    if ($Set) { 1 } else { 2 }
}

<#
.SYNOPSIS
The host's adapters on docker's network "nat", the one for the credentials address first; nothing where there is none.

.DESCRIPTION
Today's ECSTools uses the adapter "vEthernet (nat)", older ones make one with APIPA in its name. Names alone do not
tell several apart, so the one that has the network's own address comes first.
#>
function Get-CredentialsAdapter {
    $gateways = @(Get-NetIPAddress -ErrorAction Stop -AddressFamily IPv4 |
            Where-Object { $_.IPAddress -ne $CredentialsAddress -and $_.IPAddress -notlike '169.254.*' } |
            ForEach-Object { $_.InterfaceIndex })
    $named = @(Get-NetAdapter -ErrorAction Stop |
            Where-Object { $_.Name -like 'vEthernet (nat)*' -or $_.Name -like '*APIPA*' })
    $ranks = @(
        { param($adapter) $adapter.Name -like 'vEthernet (nat)*' -and $gateways -contains $adapter.ifIndex },
        { param($adapter) $adapter.Name -eq 'vEthernet (nat)' },
        { param($adapter) $true }
    )
    $taken = @()
    foreach ($rank in $ranks) {
        foreach ($adapter in $named) {
            if ($taken -contains $adapter.ifIndex -or -not (& $rank $adapter)) { continue }
            $taken += $adapter.ifIndex
            $adapter
        }
    }
}

# The one of them that has the address already, or is to have it.
function Get-CredentialsPlace {
    $adapters = @(Get-CredentialsAdapter)
    $holders = @(Get-CredentialsAddress | ForEach-Object { $_.InterfaceIndex })
    foreach ($adapter in @($adapters | Where-Object { $holders -contains $_.ifIndex }) + $adapters) { return $adapter }
}

# Everywhere the address is, whatever its state.
function Get-CredentialsAddress {
    Get-NetIPAddress -ErrorAction Stop -AddressFamily IPv4 | Where-Object { $_.IPAddress -eq $CredentialsAddress }
}

# Whether the address can be used: on one of its adapters, and Preferred.
function Test-CredentialsAddress {
    $indexes = @(Get-CredentialsAdapter | ForEach-Object { $_.ifIndex })
    @(Get-CredentialsAddress | Where-Object {
            $indexes -contains $_.InterfaceIndex -and "$($_.AddressState)" -eq 'Preferred'
        }).Count -gt 0
}

<#
.SYNOPSIS
Entries of the port proxy that are about the credentials: those that listen on their address, or lead to the agent.

.DESCRIPTION
Right: one from 169.254.170.2:80 to port 51679 of 127.0.0.1 or, as an older ECSTools made it, of 169.254.170.2.
#>
function Get-CredentialsProxy {
    foreach ($line in (Invoke-Netsh interface portproxy show v4tov4)) {
        # The words around the entries are in the language of the system, the entries are not.
        if ($line -notmatch '^\s*(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s*$') { continue }
        $entry = [pscustomobject]@{
            ListenAddress = $Matches[1]; ListenPort = [int]$Matches[2]
            ConnectAddress = $Matches[3]; ConnectPort = [int]$Matches[4]; IsRight = $false
        }
        $leadsToAgent = $entry.ConnectPort -eq $AgentPort -and @('127.0.0.1', $CredentialsAddress) -contains $entry.ConnectAddress
        $isOurs = $entry.ListenAddress -eq $CredentialsAddress -and $entry.ListenPort -eq $CredentialsPort
        $entry.IsRight = $isOurs -and $leadsToAgent
        if ($isOurs -or $leadsToAgent) { $entry }
    }
}

function Remove-CredentialsProxy {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)]$Entry)
    $from = "$($Entry.ListenAddress):$($Entry.ListenPort)"
    if (-not $PSCmdlet.ShouldProcess("portproxy $from", 'remove')) { return }
    [void](Invoke-Netsh interface portproxy delete v4tov4 "listenaddress=$($Entry.ListenAddress)" "listenport=$($Entry.ListenPort)")
    "removed the port proxy $from -> $($Entry.ConnectAddress):$($Entry.ConnectPort)"
}

# netsh tells in words what went wrong and in its exit code that something did.
function Invoke-Netsh {
    $output = @(& netsh @args)
    if ($LASTEXITCODE -ne 0) {
        throw "netsh $args ended with exit code ${LASTEXITCODE}: $(($output -join ' ').Trim())"
    }
    $output
}

# Who listens on a port of every address or of ours: local address, process id and name.
function Get-Listener {
    param([Parameter(Mandatory)][int]$Port)
    Get-NetTCPConnection -ErrorAction Stop -State Listen |
        Where-Object { $_.LocalPort -eq $Port -and @('0.0.0.0', '::', $CredentialsAddress) -contains $_.LocalAddress } |
        ForEach-Object {
            [pscustomobject]@{ Address = $_.LocalAddress; ProcessId = [int]$_.OwningProcess; Process = Get-ProcessName $_.OwningProcess }
        }
}

function Get-ProcessName {
    param([Parameter(Mandatory)][int]$Id)
    # http.sys, the web server in the kernel, listens for IIS and others under the name of the kernel.
    if ($Id -eq 4) { return 'System (http.sys, for IIS or another web server)' }
    $process = @(Get-Process | Where-Object { $_.Id -eq $Id })
    if ($process.Count -eq 0) { "process $Id" } else { "$($process[0].ProcessName) (process $Id)" }
}

# The process of a service; 0 where it does not run.
function Get-ServiceProcess {
    param([Parameter(Mandatory)][string]$Name)
    $found = @(Get-CimInstance -ClassName Win32_Service | Where-Object { $_.Name -eq $Name })
    if ($found.Count -eq 0) { 0 } else { [int]$found[0].ProcessId }
}

# What starts taskfence: the single program, or Node with the bundle.
function Get-Program {
    param([Parameter(Mandatory)][string]$Folder)
    $single = Join-Path $Folder 'taskfence.exe'
    if (Test-Path -LiteralPath $single) { return [pscustomobject]@{ Path = $single; Arguments = @() } }
    $bundle = Join-Path $Folder 'taskfence.js'
    if (-not (Test-Path -LiteralPath $bundle)) { throw "There is neither taskfence.exe nor taskfence.js in $Folder." }
    $node = @(Get-Command -Name node.exe -CommandType Application)[0].Path
    [pscustomobject]@{ Path = $node; Arguments = @("`"$bundle`"") }
}

# For the log, the policy and the lock: which only Administrators and SYSTEM may open.
function Initialize-DataFolder {
    param([Parameter(Mandatory)][string]$Path)
    [void](New-Item -ItemType Directory -Force -Path $Path)
    # By number: their names are in the language of the system. S-1-5-32-544 are the Administrators, S-1-5-18 is SYSTEM.
    [void](& icacls $Path /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F')
    if ($LASTEXITCODE -ne 0) { throw "icacls could not close $Path to others (exit code $LASTEXITCODE)." }
    # Everybody may make folders in C:\ProgramData: whoever made this one before us still owns it.
    $others = @((ConvertFrom-Json -InputObject (& "$PSScriptRoot/Get-Writer.ps1" -Path $Path)).others)
    if ($others.Count -gt 0) { throw "$Path can be written by others: $($others -join ', '). Look who made it, and remove it." }
}

Export-ModuleMember -Function * -Variable CredentialsAddress, CredentialsPort, AgentPort
